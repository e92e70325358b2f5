namespace Bucardo.Faults.Support;

/// <summary>A daemon that reaches the control database through a proxy of its own.</summary>
sealed class FaultDaemon(BucardoProcess process, FaultProxy control) : IAsyncDisposable
{
    public BucardoProcess Process => process;

    public FaultProxy Control => control;

    public int Id => process.Id;

    public string Output => process.Output;

    public Task WaitForLineAsync(string text, TimeSpan? limit = null) => process.WaitForLineAsync(text, limit);

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        await control.DisposeAsync();
    }
}
