using System.Buffers.Binary;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication.Shipping;

/// <summary>Finds out where rows end in what COPY sends, however it is cut into buffers.</summary>
abstract class RowEnds
{
    /// <summary>How far the buffer has been looked at.</summary>
    public int Scanned { get; protected set; }

    /// <summary>Where the last whole row in the buffer ends; zero where none does.</summary>
    public int Last { get; protected set; }

    /// <summary>Creates what is right for a format.</summary>
    public static RowEnds Of(CopyFormat format) => format == CopyFormat.Binary ? new Binary() : new Text();

    /// <summary>Looks at what has come into the buffer since it was last looked at.</summary>
    public abstract void Scan(ReadOnlySpan<byte> buffer);

    /// <summary>So much of the buffer has been taken: what is left stands at its beginning now.</summary>
    public void Take(int bytes) => (Scanned, Last) = (Scanned - bytes, 0);

    // A line break within a value is written as \n.
    sealed class Text : RowEnds
    {
        public override void Scan(ReadOnlySpan<byte> buffer)
        {
            if (buffer[Scanned..].LastIndexOf((byte)'\n') is >= 0 and var at) Last = Scanned + at + 1;
            Scanned = buffer.Length;
        }
    }

    // Each row is the number of its fields, and each field its length (-1: NULL) and its bytes; what ends the stream is -1 in the place of a number of fields.
    sealed class Binary : RowEnds
    {
        int _fields;
        long _bytes;

        public override void Scan(ReadOnlySpan<byte> buffer)
        {
            while (Scanned < buffer.Length)
            {
                if (_bytes > 0)
                {
                    var skipped = (int)Math.Min(_bytes, buffer.Length - Scanned);
                    (Scanned, _bytes) = (Scanned + skipped, _bytes - skipped);
                }
                else if (_fields > 0)
                {
                    if (!BinaryPrimitives.TryReadInt32BigEndian(buffer[Scanned..], out var length)) return;
                    (Scanned, _fields, _bytes) = (Scanned + sizeof(int), _fields - 1, Math.Max(0, length));
                }
                else
                {
                    if (!BinaryPrimitives.TryReadInt16BigEndian(buffer[Scanned..], out var fields) || fields < 0) return;
                    (Scanned, _fields) = (Scanned + sizeof(short), fields);
                }
                if (_fields == 0 && _bytes == 0) Last = Scanned;
            }
        }
    }
}
