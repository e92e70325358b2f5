namespace Bucardo.Engine.Service;

/// <summary>
/// Whether a sync's kicks come in a steady stream. Then its worker looks by itself after every pause, and the sources' triggers need not say anything: transactions with a NOTIFY
/// commit one after the other, and each wakes a server process and the service. When rounds find nothing any more, it wants to be told again.
/// </summary>
/// <param name="mayFlow">Whether triggers kick the sync at all.</param>
/// <param name="changed">Hears when it begins and when it ends.</param>
sealed class KickStream(bool mayFlow, Action changed)
{
    /// <summary>So many rounds in a row that find nothing end it.</summary>
    public const int Quiet = 10;

    int _empty;
    volatile bool _isFlowing;

    /// <summary>Whether the worker looks by itself.</summary>
    public bool IsFlowing => _isFlowing;

    /// <summary>A round is over.</summary>
    /// <param name="isSteady">Whether it was one of many that followed each other as fast as pauses allow.</param>
    /// <param name="isEmpty">Whether it found nothing.</param>
    public void Note(bool isSteady, bool isEmpty)
    {
        _empty = isEmpty ? _empty + 1 : 0;
        Set(mayFlow && isSteady && _empty < Quiet);
    }

    /// <summary>Nobody looks any more: the worker ends, or its round failed.</summary>
    public void End() => Set(false);

    void Set(bool isFlowing)
    {
        if (isFlowing == _isFlowing) return;
        _isFlowing = isFlowing;
        changed();
    }
}
