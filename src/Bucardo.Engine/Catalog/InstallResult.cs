namespace Bucardo.Engine.Catalog;

/// <summary>What installing or upgrading the control schema did.</summary>
/// <param name="DatabaseCreated">True when the database itself was made.</param>
/// <param name="PreviousVersion">Version of the schema that was found; 0 when there was none.</param>
/// <param name="Version">Version of the schema now.</param>
/// <param name="Applied">Names of the migrations that were applied, in order; empty when everything was there already.</param>
public sealed record InstallResult(bool DatabaseCreated, int PreviousVersion, int Version, IReadOnlyList<string> Applied);
