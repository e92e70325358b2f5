namespace Bucardo.Console;

/// <summary>The command line makes no sense; the message says what is wrong with it and what would be right.</summary>
sealed class UsageException(string message) : Exception(message);
