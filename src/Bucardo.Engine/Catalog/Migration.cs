using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Catalog;

/// <summary>One step of the control schema's history.</summary>
/// <param name="Version">Number of the schema after it; they count from 1 without gaps.</param>
/// <param name="Name">Name of its file, without folder and ending.</param>
sealed record Migration(int Version, string Name)
{
    const string Folder = "Catalog/Migrations/";

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } =
        [.. SqlText.Names(Folder).Select(n => n[Folder.Length..^".sql".Length]).Select(n =>
            new Migration(int.Parse(n[..4], System.Globalization.CultureInfo.InvariantCulture), n))];

    /// <summary>Version of the schema that this program works with.</summary>
    public static int CurrentVersion => All[^1].Version;

    /// <summary>Its SQL.</summary>
    public string Sql => SqlText.Load($"{Folder}{Name}.sql");
}
