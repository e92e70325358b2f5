namespace Bucardo.Bench;

/// <summary>An option of a benchmark: a number, or several with commas between them.</summary>
/// <param name="Name">As in <c>--NAME</c>.</param>
/// <param name="About">What it says.</param>
/// <param name="Smoke">Its value with <c>--size smoke</c>: whether it works at all, in seconds.</param>
/// <param name="Quick">Its value with <c>--size quick</c>, the default: a minute or two.</param>
/// <param name="Full">Its value with <c>--size full</c>: what the goals are stated for.</param>
sealed record BenchOption(string Name, string About, string Smoke, string Quick, string Full);
