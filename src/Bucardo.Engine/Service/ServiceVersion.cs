using System.Reflection;

namespace Bucardo.Engine.Service;

/// <summary>The version of this engine.</summary>
public static class ServiceVersion
{
    /// <summary>Such as <c>0.1.0</c>.</summary>
    public static string Text { get; } = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);
}
