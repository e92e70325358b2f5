using System.Text;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>COPY as byte streams, whichever format: Npgsql has streams for the binary one and readers and writers for text.</summary>
static class CopyStreams
{
    /// <summary>The bytes of COPY TO STDOUT.</summary>
    public static async Task<Stream> OpenOutAsync(NpgsqlConnection connection, string copy, bool binary, CancellationToken cancellation) => binary
        ? await connection.BeginRawBinaryCopyAsync(copy, cancellation)
        : new TextOut(await connection.BeginTextExportAsync(copy, cancellation));

    /// <summary>A stream for COPY FROM STDIN. Disposing it completes the COPY; <see cref="AbandonAsync"/> gives it up.</summary>
    public static async Task<Stream> OpenInAsync(NpgsqlConnection connection, string copy, bool binary, CancellationToken cancellation) => binary
        ? await connection.BeginRawBinaryCopyAsync(copy, cancellation)
        : new TextIn(await connection.BeginTextImportAsync(copy, cancellation));

    /// <summary>COPY FROM STDIN of rows that are in memory.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, string copy, BinaryRows rows, CancellationToken cancellation)
    {
        var stream = await OpenInAsync(connection, copy, binary: true, cancellation);
        try
        {
            await stream.WriteAsync(CopyFormat.Binary.Head, cancellation);
            await stream.WriteAsync(rows.Bytes, cancellation);
            await stream.WriteAsync(CopyFormat.Binary.Tail, cancellation);
        }
        catch
        {
            await AbandonAsync(stream);
            throw;
        }
        await stream.DisposeAsync();
    }

    /// <summary>Gives up a COPY FROM STDIN. Never throws.</summary>
    public static async Task AbandonAsync(Stream stream)
    {
        try
        {
            await CancelAsync(stream);
            await stream.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or ObjectDisposedException)
        {
            // It is given up anyway; the transaction is rolled back.
        }
    }

    static Task CancelAsync(Stream stream) => stream switch
    {
        NpgsqlRawCopyStream raw => raw.CancelAsync(),
        TextIn text => text.CancelAsync(),
        _ => Task.CompletedTask,
    };

    sealed class TextOut(TextReader reader) : OneWayStream(canRead: true)
    {
        readonly char[] _chars = new char[16 * 1024];
        readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
        byte[] _bytes = new byte[Encoding.UTF8.GetMaxByteCount(16 * 1024)];
        int _start;
        int _end;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (_start == _end)
            {
                var read = await reader.ReadAsync(_chars.AsMemory(), cancellationToken);
                if (read == 0) return 0;
                (_start, _end) = (0, _encoder.GetBytes(_chars.AsSpan(0, read), _bytes, flush: false));
            }
            var count = Math.Min(buffer.Length, _end - _start);
            _bytes.AsSpan(_start, count).CopyTo(buffer.Span);
            _start += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) reader.Dispose();
            _bytes = [];
        }
    }

    sealed class TextIn(NpgsqlCopyTextWriter writer) : OneWayStream(canRead: false)
    {
        readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        char[] _chars = [];

        public Task CancelAsync() => writer.CancelAsync();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_chars.Length < buffer.Length + 1) _chars = new char[buffer.Length + 1];
            var count = _decoder.GetChars(buffer.Span, _chars, flush: false);
            await writer.WriteAsync(_chars.AsMemory(0, count), cancellationToken);
        }

        public override async ValueTask DisposeAsync()
        {
            await writer.DisposeAsync();
            await base.DisposeAsync();
        }
    }

    abstract class OneWayStream(bool canRead) : Stream
    {
        public override bool CanRead => canRead;

        public override bool CanWrite => !canRead;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
