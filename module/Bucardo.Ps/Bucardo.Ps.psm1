# The cmdlets and their libraries (Npgsql, Polly, the engine) live in a load context of their own, so that another module's copy of
# one of them can do no harm. Bucardo.Model.dll and the loader are loaded by the manifest, into PowerShell's own context.
$assembly = [Bucardo.Ps.Loader.ModuleLoadContext]::LoadModule([System.IO.Path]::Combine($PSScriptRoot, 'lib'))

# Imported twice on purpose: when this module comes a second time (-Force), PowerShell finds the assembly's own module in its table and
# does not export the cmdlets again (PowerShell/PowerShell#20710). Importing that module by its object does.
Import-Module -Assembly $assembly -PassThru -ErrorAction Stop | Import-Module -ErrorAction Stop
