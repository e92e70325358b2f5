namespace Bucardo.Engine.Replication.Nodes;

/// <summary>Rows as COPY's binary format has them, without what stands before and behind all of them.</summary>
/// <param name="Bytes">The rows.</param>
/// <param name="Count">How many.</param>
public readonly record struct BinaryRows(ReadOnlyMemory<byte> Bytes, int Count);
