namespace Bucardo.Ps.Help.Pages;

/// <summary>A page that is not what a page has to be.</summary>
/// <param name="page">Its file.</param>
/// <param name="problem">What is wrong with it, and what to do.</param>
public sealed class PageException(string page, string problem) : Exception($"{page}: {problem}");
