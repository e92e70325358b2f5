using Npgsql;

namespace Bucardo.Faults.Support;

/// <summary>Does what must be done in the end, whatever is in its way for a while.</summary>
static class Patience
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    public static Task UntilAsync(Func<Task> action) => Poll.UntilAsync(async () =>
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or BucardoException { Kind: ErrorKind.Connection })
        {
            return false;
        }
    }, s_limit, () => "it cannot be done");
}
