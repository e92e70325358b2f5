using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Engine.Replication.Shipping;

namespace Bucardo.Engine.Tests.Replication.Shipping;

/// <summary>A stream of rows is cut where rows end, however it arrives and however large its rows are.</summary>
public sealed class RowPartsTests
{
    public static TheoryData<bool, int, int, int> Cases()
    {
        var cases = new TheoryData<bool, int, int, int>();
        foreach (var binary in new[] { true, false })
            foreach (var (largest, longest, seed) in new[] { (16, 3, 1), (64, 40, 2), (64, 500, 3), (1000, 30, 4), (100_000, 20, 5) }) cases.Add(binary, largest, longest, seed);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Parts_are_the_rows_of_the_stream_and_end_where_rows_do(bool binary, int largest, int longest, int seed)
    {
        var random = new Random(seed);
        var format = binary ? CopyFormat.Binary : CopyFormat.Text;
        var rows = Enumerable.Range(0, random.Next(1, 80)).Select(_ => Row(binary, random, longest)).ToList();
        var parts = await ReadAsync(new Trickle([.. format.Head.Span, .. rows.SelectMany(r => r), .. format.Tail.Span], random), format, largest);
        Assert.Equal(rows.SelectMany(r => r), parts.SelectMany(p => p.Bytes));
        var ends = rows.Aggregate(new List<int> { 0 }, (sums, r) => [.. sums, sums[^1] + r.Length]).ToHashSet();
        var at = 0;
        foreach (var (bytes, endsRow) in parts)
        {
            Assert.InRange(bytes.Length, 1, largest);
            Assert.Equal(endsRow, ends.Contains(at += bytes.Length));
        }
        Assert.True(parts[^1].EndsRow);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_without_rows_has_no_parts(bool binary)
    {
        var format = binary ? CopyFormat.Binary : CopyFormat.Text;
        Assert.Empty(await ReadAsync(new MemoryStream([.. format.Head.Span, .. format.Tail.Span]), format, 1000));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_within_a_row_is_an_error()
    {
        var stream = new MemoryStream([.. CopyFormat.Binary.Head.Span[..5]]);
        await Assert.ThrowsAsync<EndOfStreamException>(() => ReadAsync(stream, CopyFormat.Binary, 1000));
    }

    [Fact]
    public void Rows_can_do_without_their_versions()
    {
        byte[] bytes = [.. Fields([1, 2], null, [1], [7, 7]), .. Fields([], [3], [1], null)];
        using var part = Part(bytes);
        var rows = part.WithoutVersions(2)!.Value;
        Assert.Equal(2, rows.Count);
        Assert.Equal([.. Fields([1, 2], null), .. Fields([], [3])], rows.Bytes.ToArray());
    }

    [Fact]
    public void Among_rows_of_which_one_is_gone_the_version_is_needed()
    {
        byte[] bytes = [.. Fields([1], [1]), .. Fields([2], [0])];
        using var part = Part(bytes);
        Assert.Null(part.WithoutVersions(1));
    }

    static RowPart Part(byte[] bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer, 0);
        return new RowPart(buffer, bytes.Length, endsRow: true);
    }

    static byte[] Row(bool binary, Random random, int longest) => binary
        ? Fields([.. Enumerable.Range(0, random.Next(0, 6)).Select(_ => random.Next(5) == 0 ? null : Value(random, longest))])
        : Encoding.UTF8.GetBytes(string.Join('\t', Enumerable.Range(0, random.Next(1, 6)).Select(_ => new string('ä', random.Next(longest)))) + "\n");

    static byte[] Value(Random random, int longest)
    {
        var value = new byte[random.Next(longest)];
        random.NextBytes(value);
        return value;
    }

    static byte[] Fields(params byte[]?[] fields)
    {
        var bytes = new List<byte>(Number(fields.Length)[2..]);
        foreach (var field in fields) bytes.AddRange(field is null ? Number(-1) : [.. Number(field.Length), .. field]);
        return [.. bytes];
    }

    static byte[] Number(int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    static async Task<List<(byte[] Bytes, bool EndsRow)>> ReadAsync(Stream stream, CopyFormat format, int largest)
    {
        var (parts, found) = (new RowParts(stream, format, largest), new List<(byte[], bool)>());
        var next = parts.ReadAsync(default);
        while (await next is { } part)
        {
            using var taken = part;
            next = parts.ReadAsync(default);
            found.Add((part.Bytes.ToArray(), part.EndsRow));
        }
        return found;
    }

    // Gives a few bytes at a time, as a network does.
    sealed class Trickle(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(1, 50))], cancellationToken);
    }
}
