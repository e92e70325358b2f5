namespace Bucardo.Engine.Service;

/// <summary>Which databases' triggers have to say when something has changed, and when that should be asked again.</summary>
/// <param name="isNeeded">Whether any sync that a database kicks waits to be told.</param>
sealed class KickNeed(Func<string, bool> isNeeded)
{
    CancellationTokenSource _change = new();

    /// <summary>Whether a database's triggers have to say something.</summary>
    public bool Of(string database) => isNeeded(database);

    /// <summary>Is cancelled when an answer may have become another one; to be taken before it is asked for.</summary>
    public CancellationToken Changed => Volatile.Read(ref _change).Token;

    /// <summary>An answer may have become another one.</summary>
    public void Change() => _ = Interlocked.Exchange(ref _change, new CancellationTokenSource()).CancelAsync();
}
