using Bucardo.Ps.Help.Cmdlets;
using Bucardo.Ps.Help.Xml;
using Bucardo.Ps.Help.Pages;

// update ASSEMBLY PAGES: brings the pages up to date with the cmdlets, and makes one for a cmdlet that has none.
// maml ASSEMBLY PAGES FILE: writes the help that Get-Help reads.
try
{
    switch (args)
    {
        case ["update", var assembly, var pages]:
            foreach (var name in new PageFolder(pages).Update(CmdletReader.Read(assembly))) Console.WriteLine(name);
            return 0;
        case ["maml", var assembly, var pages, var file]:
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            MamlWriter.Write(new PageFolder(pages).Read(), CmdletReader.Read(assembly)).Save(file);
            return 0;
        default:
            Console.Error.WriteLine("Usage: update ASSEMBLY PAGES | maml ASSEMBLY PAGES FILE");
            return 2;
    }
}
catch (Exception error) when (error is PageException or IOException or NotSupportedException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
