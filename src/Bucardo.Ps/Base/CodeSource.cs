using System.Management.Automation;
using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>Custom code as the cmdlets take it: a script block, a file with a script, or the name of a function.</summary>
static class CodeSource
{
    /// <summary>Its language and text; null where nothing was given.</summary>
    /// <exception cref="BucardoException">AmbiguousCode, ScriptNotReadable, ScriptInvalid.</exception>
    public static (CustomCodeLanguage Language, string Text)? From(ScriptBlock? block, string? path, string? function)
    {
        if (new object?[] { block, path, function }.Count(given => given is not null) > 1)
            throw new BucardoException("AmbiguousCode", ErrorKind.InvalidArgument, "Custom code is a script block, a file or a function: give only one of -ScriptBlock, -Path and -Function.");
        if (function is not null) return (CustomCodeLanguage.Sql, function);
        if (block is not null) return (CustomCodeLanguage.PowerShell, block.ToString());
        return path is null ? null : (CustomCodeLanguage.PowerShell, Read(path));
    }

    static string Read(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            ScriptBlock.Create(text);
            return text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BucardoException("ScriptNotReadable", ErrorKind.InvalidArgument, $"The script {path} cannot be read: {e.Message}", e);
        }
        catch (ParseException e)
        {
            throw new BucardoException("ScriptInvalid", ErrorKind.InvalidArgument, $"The script {path} is not valid PowerShell: {e.Message}", e);
        }
    }
}
