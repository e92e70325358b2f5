using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Capture;

/// <summary>A column as a node has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, schema-qualified unless it is PostgreSQL's own.</param>
/// <param name="BaseType">The same, with domains followed to what they are made of.</param>
/// <param name="CastType">The base type without its length, for casts: an explicit cast to varchar(5) cuts, an assignment refuses.</param>
/// <param name="NotNull">Whether it refuses NULL.</param>
/// <param name="HasDefault">Whether it has a default.</param>
/// <param name="IsIdentity">Whether it is an identity column.</param>
/// <param name="IsIdentityAlways">Whether it is GENERATED ALWAYS AS IDENTITY, which no UPDATE may set.</param>
/// <param name="IsGenerated">Whether it is computed; such a column is not replicated, each node computes its own.</param>
/// <param name="IsBinary">Whether its binary form means the same in every database: not so where OIDs are part of it.</param>
/// <param name="Collation">Its collation, quoted, where it is not its type's default.</param>
/// <param name="Expression">Its default, or what it is computed from; null where there is none.</param>
public sealed record ColumnShape(
    string Name, string Type, string BaseType, string CastType, bool NotNull, bool HasDefault, bool IsIdentity, bool IsIdentityAlways, bool IsGenerated, bool IsBinary, string? Collation,
    string? Expression)
{
    /// <summary>Whether a row can be inserted without giving it a value.</summary>
    public bool CanBeOmitted => IsGenerated || IsIdentity || HasDefault || !NotNull;

    /// <summary>
    /// SQL that turns a key value into text that is the same wherever the value is equal: 1.0 and 1.00 are one numeric, -0 and 0 one float.
    /// The text casts back to an equal value.
    /// </summary>
    /// <param name="expression">SQL of the value.</param>
    public string CanonicalText(string expression) => CastType switch
    {
        "numeric" => $"trim_scale({expression})::text",
        "real" or "double precision" => $"({expression} + 0)::text",
        "interval" => $"justify_interval({expression})::text",
        _ when IsCitext => $"lower({expression}::text)",
        _ => $"{expression}::text",
    };

    /// <summary>SQL of about how many bytes a value is as text; null for types whose values are never large.</summary>
    /// <param name="expression">SQL of the value.</param>
    public string? Width(string expression) => CastType switch
    {
        "boolean" or "smallint" or "integer" or "bigint" or "real" or "double precision" or "numeric" or "money" or "oid" or "uuid" or "date" or "interval" or "inet" or "cidr" => null,
        _ when CastType.StartsWith("time", StringComparison.Ordinal) => null,
        "text" or "character varying" or "character" => $"octet_length({expression})",
        "bytea" => $"2 * octet_length({expression})",
        // As it is stored, so more than this where it is compressed.
        _ => $"4 * pg_column_size({expression})",
    };

    /// <summary>Whether all values take the same number of bytes; for types of which that is not known it is said of none.</summary>
    public bool HasFixedLength => CastType is "smallint" or "integer" or "bigint" or "oid" or "uuid" or "date" or "timestamp without time zone" or "timestamp with time zone";

    /// <summary>Whether equal values may be written in different ways, so that a key can change without becoming another key.</summary>
    public bool HasEqualForms => CastType is "numeric" or "real" or "double precision" or "interval" || IsCitext || Collation is not null;

    /// <summary>SQL that turns a value's text back into the value, as its type's input function does: for some types the cast from text means something else.</summary>
    /// <param name="expression">SQL of the text.</param>
    public string FromText(string expression) => CastType switch
    {
        // Casting looks a relation up and knows no '-'.
        "regclass" => $"regclassin(textout({expression}))",
        // Casting takes the first letter of what may be an escape.
        "\"char\"" => $"charin(textout({expression}))",
        _ => $"{expression}::{CastType}",
    };

    bool IsCitext => CastType == "citext" || CastType.EndsWith(".citext", StringComparison.Ordinal);
}

/// <summary>A unique index by which rows can be identified.</summary>
/// <param name="Columns">Its columns in order.</param>
/// <param name="EqualityOperators">Per column, the qualified equality operator of its operator class.</param>
/// <param name="IsPrimary">Whether it is the primary key.</param>
/// <param name="IsImmediate">False for a deferrable constraint, which ON CONFLICT cannot use.</param>
/// <param name="NotNull">Whether all its columns refuse NULL.</param>
public sealed record UniqueKey(IReadOnlyList<string> Columns, IReadOnlyList<string> EqualityOperators, bool IsPrimary, bool IsImmediate, bool NotNull);

/// <summary>A table as a node has it.</summary>
public sealed record TableShape
{
    /// <summary>The table's oid on the node.</summary>
    public required uint Oid { get; init; }

    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is partitioned.</summary>
    public required bool IsPartitioned { get; init; }

    /// <summary>Whether it is a partition, or inherits from another table, so that its rows are written through that one too.</summary>
    public required bool HasParent { get; init; }

    /// <summary>Whether changes are captured row by row: statement triggers do not fire for what is written through a parent.</summary>
    public bool IsCapturedByRow => IsPartitioned || HasParent;

    /// <summary>Columns in their order on the node.</summary>
    public required IReadOnlyList<ColumnShape> Columns { get; init; }

    /// <summary>Unique indexes.</summary>
    public required IReadOnlyList<UniqueKey> Keys { get; init; }

    /// <summary>Everything that keeps rows apart: unique indexes of every kind and exclusion constraints.</summary>
    public required IReadOnlyList<UniqueRule> Rules { get; init; }

    /// <summary>Foreign keys to tables that were read together with this one.</summary>
    public required IReadOnlyList<ForeignKey> ForeignKeys { get; init; }

    /// <summary>Quoted, qualified name.</summary>
    public string QuotedName => Quote.Qualified(Schema, Name);

    /// <summary>Quoted, qualified name with ONLY where the table may have inheritance children; partitions are part of their table.</summary>
    public string OnlyName => IsPartitioned ? QuotedName : "ONLY " + QuotedName;

    /// <summary>Name for people.</summary>
    public string FullName => $"{Schema}.{Name}";

    /// <summary>The column of that name, or null.</summary>
    public ColumnShape? Find(string column) => Columns.FirstOrDefault(c => c.Name == column);

    /// <summary>The unique index over exactly these columns, or null; an immediate one if there is a choice.</summary>
    public UniqueKey? FindKey(IReadOnlyList<string> columns) =>
        Keys.Where(k => k.Columns.Order(StringComparer.Ordinal).SequenceEqual(columns.Order(StringComparer.Ordinal)))
            .OrderByDescending(k => k.IsImmediate).ThenByDescending(k => k.IsPrimary).FirstOrDefault();
}
