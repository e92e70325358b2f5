namespace Bucardo.Engine.Tests.Types;

/// <summary>Values that are hard to carry, per type that PostgreSQL ships. Arrays are made of their elements' values.</summary>
static class SampleValues
{
    /// <summary>Types whose input function refuses every text, so that a column of them holds nothing but NULL.</summary>
    public static readonly IReadOnlySet<string> WithoutInput = new HashSet<string>
    {
        "gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_dependencies", "pg_mcv_list", "pg_ndistinct", "pg_node_tree",
    };

    /// <summary>Texts of values by the type's name in pg_type.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> ByType = new Dictionary<string, string[]>
    {
        ["aclitem"] = ["=r/pg_monitor", "pg_monitor=arwdDxt*/pg_monitor"],
        ["bit"] = ["1", "0"],
        ["bool"] = ["true", "false"],
        ["box"] = ["(1.5,2),(0,-1)", "(Infinity,0),(-Infinity,0)"],
        ["bpchar"] = ["", "a", "äöü €", "x "],
        ["bytea"] = ["", @"\x00", @"\x0009000a5c2eff", @"\x5c2e0a"],
        ["char"] = ["", "a", @"\377", @"\"],
        ["cid"] = ["0", "4294967295"],
        ["cidr"] = ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "::/0"],
        ["circle"] = ["<(1,2),3>", "<(0,0),0>"],
        ["date"] = ["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "0001-12-31 BC", "2000-02-29"],
        ["datemultirange"] = ["{}", "{[2000-01-01,2000-02-01),(,1999-01-01)}"],
        ["daterange"] = ["empty", "(,)", "[infinity,infinity]", "[4713-01-01 BC,2000-01-01]"],
        ["float4"] = ["NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"],
        ["float8"] = ["NaN", "Infinity", "-Infinity", "-0", "5e-324", "1.7976931348623157e308", "0.1", "0.30000000000000004"],
        ["inet"] = ["10.1.2.3/8", "::1", "2001:db8::1/64", "255.255.255.255"],
        ["int2"] = ["-32768", "32767", "0"],
        ["int2vector"] = ["", "1 -2 32767"],
        ["int4"] = ["-2147483648", "2147483647", "0"],
        ["int4multirange"] = ["{}", "{[1,2),[5,7)}", "{(,)}"],
        ["int4range"] = ["empty", "[1,5]", "(,3)"],
        ["int8"] = ["-9223372036854775808", "9223372036854775807", "0"],
        ["int8multirange"] = ["{}", "{[-9223372036854775808,2)}"],
        ["int8range"] = ["empty", "[-9223372036854775808,9223372036854775807)"],
        ["interval"] = ["0", "-178000000 years", "1 mon -1 day 00:00:00.000001", "-00:00:00.5", "2147483647 days", "24:00:00"],
        ["json"] = ["null", "{\"a\" :  1.00, \"a\":\t2}", "\"\\u0000\"", "[\"\\ud83d\\ude00\", \"\\\\n\", \"ä\"]", "1e400"],
        ["jsonb"] = ["null", "{}", "{\"\": [1.00, 12345678901234567890.1]}", "\"\\\"\\\\\\n\\u00e4\\ud83d\\ude00\"", "[[], {\"k\": null}, \"null\"]"],
        ["jsonpath"] = ["$", "strict $.\"a b\"[*] ? (@ > 1.5).x", "$.a like_regex \"^\\\\d\""],
        ["line"] = ["{1,-1,0}", "{0,1,1e300}"],
        ["lseg"] = ["[(0,0),(1,1)]", "[(NaN,0),(1,-0)]"],
        ["macaddr"] = ["08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"],
        ["macaddr8"] = ["08:00:2b:01:02:03:04:05", "00:00:00:00:00:00:00:00"],
        ["money"] = ["0", "-92233720368547758.08", "92233720368547758.07", "1234.56"],
        ["name"] = ["", "a \"b\" c", new string('ä', 31)],
        ["numeric"] = ["NaN", "Infinity", "-Infinity", "0", "1.00", "-0.000000000000000000001", "1" + new string('0', 400) + ".5", "0." + new string('0', 300) + "1"],
        ["nummultirange"] = ["{}", "{[1.0,2.00),(5,)}"],
        ["numrange"] = ["empty", "[1.0,2.00]", "(-Infinity,NaN)"],
        ["oid"] = ["0", "4294967295"],
        ["oidvector"] = ["", "0 1 4294967295"],
        ["path"] = ["[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"],
        ["pg_lsn"] = ["0/0", "FFFFFFFF/FFFFFFFF", "16/B374D848"],
        ["pg_snapshot"] = ["1:1:", "10:20:10,14,15"],
        ["point"] = ["(0,-0)", "(NaN,Infinity)", "(0.1,1e-300)"],
        ["polygon"] = ["((0,0))", "((0,0),(1,1),(2,0))"],
        ["refcursor"] = ["", "my \"cursor\""],
        ["regclass"] = ["-", "pg_class", "public.every"],
        ["regcollation"] = ["-", "\"C\""],
        ["regconfig"] = ["-", "english"],
        ["regdictionary"] = ["-", "simple"],
        ["regnamespace"] = ["-", "pg_catalog", "public"],
        ["regoper"] = ["0", "pg_catalog.||/"],
        ["regoperator"] = ["0", "+(integer,integer)", "-(NONE,integer)"],
        ["regproc"] = ["-", "now"],
        ["regprocedure"] = ["-", "abs(numeric)"],
        ["regrole"] = ["-", "pg_monitor"],
        ["regtype"] = ["-", "integer", "double precision[]"],
        ["text"] = ["", "NULL", @"\N", @"\.", "tab\there\nline\r\nend\\", "  ' \" ' $1 {keys} %s ", "\u0001\u007f\uffff😀e\u0301", "\n", @"\\"],
        ["tid"] = ["(0,0)", "(4294967295,65535)"],
        ["time"] = ["00:00:00", "24:00:00", "23:59:59.999999"],
        ["timestamp"] = ["infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999", "2000-01-01 00:00:00.000001"],
        ["timestamptz"] = ["infinity", "-infinity", "4713-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "1883-11-18 12:03:58-04:56:02"],
        ["timetz"] = ["00:00:00+15:59", "24:00:00-15:59", "12:00:00.5+05:30"],
        ["tsmultirange"] = ["{}", "{[2000-01-01,2001-01-01),[infinity,infinity]}"],
        ["tsquery"] = ["", "'a b' & !'c' | ( 'd''e' <-> 'f':*AB )"],
        ["tsrange"] = ["empty", "[-infinity,infinity]", "[0044-03-15 12:00 BC,)"],
        ["tstzmultirange"] = ["{}", "{[2000-01-01 00:00+02,2001-01-01 00:00+00)}"],
        ["tstzrange"] = ["empty", "[2000-01-01 00:00+02,infinity]"],
        ["tsvector"] = ["", "a:1A,16383 'b c':3 'd''\\\\e'"],
        ["txid_snapshot"] = ["1:1:", "10:20:10,14,15"],
        ["uuid"] = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
        ["varbit"] = ["", "1", "10101010101"],
        ["varchar"] = ["", "a b ", "\t\\t", "ü"],
        ["xid"] = ["0", "4294967295"],
        ["xid8"] = ["0", "18446744073709551615"],
        ["xml"] = ["", "plain", "<a b=\"1\">x &amp; y<!-- z --></a>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ä>€</ä>"],
    };

    /// <summary>Arrays of the values: none, all with a NULL, two dimensions, bounds of their own.</summary>
    public static string[] Arrays(IReadOnlyList<string> values, char delimiter)
    {
        string[] quoted = [.. values.Select(v => "\"" + v.Replace("\\", @"\\").Replace("\"", "\\\"") + "\"")];
        var first = quoted.FirstOrDefault("NULL");
        return
        [
            "{}",
            "{" + string.Join(delimiter, quoted.Append("NULL")) + "}",
            $"{{{{{first}{delimiter}NULL}}{delimiter}{{NULL{delimiter}{first}}}}}",
            $"[-3:-2]={{{first}{delimiter}NULL}}",
        ];
    }
}
