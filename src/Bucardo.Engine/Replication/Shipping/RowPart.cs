using System.Buffers;
using System.Buffers.Binary;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication.Shipping;

/// <summary>A part of the rows that COPY sends. Its buffer goes back when it is disposed.</summary>
sealed class RowPart(byte[] buffer, int length, bool endsRow) : IDisposable
{
    readonly object _lock = new();
    byte[]? _bare;
    BinaryRows? _rows;
    bool _isBared;

    /// <summary>What the stream has, but for what stands before and behind all rows.</summary>
    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    /// <summary>Whether it ends where a row does: only of a row that is larger than a buffer a part has not all.</summary>
    public bool EndsRow => endsRow;

    /// <summary>The same rows with their first columns only. Null where one of them is gone: the column behind these says so. In the binary format, and for whole rows.</summary>
    /// <param name="columns">How many columns.</param>
    public BinaryRows? WithoutVersions(int columns)
    {
        lock (_lock)
        {
            if (!_isBared) (_isBared, _rows) = (true, Bare(columns));
            return _rows;
        }
    }

    BinaryRows? Bare(int columns)
    {
        _bare = ArrayPool<byte>.Shared.Rent(length);
        var (from, to, count) = (0, 0, 0);
        for (; from < length; count++)
        {
            int fields = BinaryPrimitives.ReadInt16BigEndian(buffer.AsSpan(from));
            BinaryPrimitives.WriteInt16BigEndian(_bare.AsSpan(to), (short)columns);
            var end = Skip(from + sizeof(short), columns);
            var kept = buffer.AsSpan((from + sizeof(short))..end);
            kept.CopyTo(_bare.AsSpan(to + sizeof(short)));
            to += sizeof(short) + kept.Length;
            if (buffer[end + sizeof(int)] == 0) return null;
            from = Skip(end, fields - columns);
        }
        return new BinaryRows(_bare.AsMemory(0, to), count);
    }

    int Skip(int at, int fields)
    {
        for (; fields > 0; fields--) at += sizeof(int) + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(at)));
        return at;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        if (_bare is not null) ArrayPool<byte>.Shared.Return(_bare);
    }
}
