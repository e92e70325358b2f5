using System.Buffers;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication.Shipping;

/// <summary>Reads what COPY sends in parts that end where a row does, small ones at first.</summary>
/// <param name="rows">The stream.</param>
/// <param name="format">Its format.</param>
/// <param name="largest">How many bytes a part has at most.</param>
sealed class RowParts(Stream rows, CopyFormat format, int largest)
{
    const int Smallest = 256 * 1024;

    readonly RowEnds _ends = RowEnds.Of(format);
    ReadOnlyMemory<byte> _rest;
    int _size = Math.Min(Smallest, largest);
    bool _hasBegun;
    bool _isAtEnd;

    /// <summary>The next part; null when there is none. To be asked for before the one before is disposed, which may have the beginning of it.</summary>
    public async Task<RowPart?> ReadAsync(CancellationToken cancellation)
    {
        if (_isAtEnd) return null;
        if (!_hasBegun)
        {
            await rows.ReadExactlyAsync(new byte[format.Head.Length], cancellation);
            _hasBegun = true;
        }
        var (buffer, filled) = (ArrayPool<byte>.Shared.Rent(_size), _rest.Length);
        _rest.CopyTo(buffer);
        while (filled < _size)
        {
            var read = await rows.ReadAsync(buffer.AsMemory(filled, _size - filled), cancellation);
            if (read == 0)
            {
                _isAtEnd = true;
                break;
            }
            filled += read;
            _ends.Scan(buffer.AsSpan(0, filled));
        }
        var endsRow = _isAtEnd || _ends.Last > 0;
        var length = endsRow ? _ends.Last : _ends.Scanned;
        // Of the stream's end nothing is left to be read.
        _rest = _isAtEnd ? default : buffer.AsMemory(length..filled);
        _ends.Take(length);
        _size = largest;
        return length == 0 && _isAtEnd ? Return(buffer) : new RowPart(buffer, length, endsRow);
    }

    static RowPart? Return(byte[] buffer)
    {
        ArrayPool<byte>.Shared.Return(buffer);
        return null;
    }
}
