namespace Bucardo.Bench;

/// <summary>A benchmark cannot be run, or went wrong.</summary>
sealed class BenchException(string message) : Exception(message);
