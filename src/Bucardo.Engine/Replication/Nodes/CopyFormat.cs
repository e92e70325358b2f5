namespace Bucardo.Engine.Replication.Nodes;

/// <summary>A format of COPY: what stands before and behind the rows of a stream.</summary>
sealed record CopyFormat
{
    CopyFormat(byte[] head, byte[] tail) => (Head, Tail) = (head, tail);

    /// <summary>The binary one: a signature, no flags and no extension before the rows; no fields, in the place of a row, behind them.</summary>
    public static CopyFormat Binary { get; } = new([.. "PGCOPY\n"u8, 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF]);

    /// <summary>Lines of text.</summary>
    public static CopyFormat Text { get; } = new([], []);

    /// <summary>What stands before the first row.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>What stands behind the last one.</summary>
    public ReadOnlyMemory<byte> Tail { get; }
}
