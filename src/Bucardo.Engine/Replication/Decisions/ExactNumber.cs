using System.Globalization;
using System.Numerics;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>A decimal number of any size, as PostgreSQL's numeric is one: sums of it are exact.</summary>
/// <param name="Digits">All digits, without the point.</param>
/// <param name="Scale">How many of them stand behind the point.</param>
public readonly record struct ExactNumber(BigInteger Digits, int Scale) : IComparable<ExactNumber>
{
    /// <summary>Reads PostgreSQL's text form; false for NaN and infinity, which no sum can hold.</summary>
    public static bool TryParse(string? text, out ExactNumber number)
    {
        number = default;
        if (text is null) return false;
        var point = text.IndexOf('.');
        if (!BigInteger.TryParse(point < 0 ? text : text.Remove(point, 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var digits)) return false;
        number = new ExactNumber(digits, point < 0 ? 0 : text.Length - point - 1);
        return true;
    }

    /// <summary>The sum.</summary>
    public static ExactNumber operator +(ExactNumber x, ExactNumber y)
    {
        var scale = Math.Max(x.Scale, y.Scale);
        return new ExactNumber(x.At(scale) + y.At(scale), scale);
    }

    /// <inheritdoc/>
    public int CompareTo(ExactNumber other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return At(scale).CompareTo(other.At(scale));
    }

    /// <summary>
    /// The nearest number that a column of the type can hold. What two nodes added may be too much for it together, and that must not keep the row from being written.
    /// </summary>
    /// <param name="type">smallint, integer, bigint or numeric, with or without precision.</param>
    public ExactNumber Within(string type)
    {
        var most = type switch
        {
            "smallint" => new ExactNumber(short.MaxValue, 0),
            "integer" => new ExactNumber(int.MaxValue, 0),
            "bigint" => new ExactNumber(long.MaxValue, 0),
            _ => Largest(type),
        };
        if (most.Digits.IsZero) return this;
        var least = new ExactNumber(-most.Digits, most.Scale);
        return CompareTo(most) > 0 ? most : CompareTo(least) < 0 ? least : this;
    }

    // numeric(precision,scale): as many nines.
    static ExactNumber Largest(string type)
    {
        var limits = type.Contains('(') ? type[(type.IndexOf('(') + 1)..^1].Split(',') : [];
        if (limits.Length == 0) return default;
        var precision = int.Parse(limits[0], CultureInfo.InvariantCulture);
        var scale = limits.Length > 1 ? int.Parse(limits[1], CultureInfo.InvariantCulture) : 0;
        var nines = BigInteger.Pow(10, precision) - 1;
        return scale >= 0 ? new ExactNumber(nines, scale) : new ExactNumber(nines * BigInteger.Pow(10, -scale), 0);
    }

    /// <summary>PostgreSQL's text form.</summary>
    public override string ToString()
    {
        var digits = BigInteger.Abs(Digits).ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        var text = Scale == 0 ? digits : $"{digits[..^Scale]}.{digits[^Scale..]}";
        return Digits.Sign < 0 ? "-" + text : text;
    }

    BigInteger At(int scale) => Digits * BigInteger.Pow(10, scale - Scale);
}
