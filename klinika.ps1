# Klinika Pro on Windows: sets up what a command needs, once, and runs it. The twin of ./klinika.
# Not yet run on a Windows machine.
param([Parameter(ValueFromRemainingArguments = $true)][string[]]$Arguments)
$ErrorActionPreference = 'Stop'
Set-Location -Path $PSScriptRoot
$command = if ($Arguments.Count -gt 0) { $Arguments[0] } else { 'desktop' }

function Say([string]$Text) { [Console]::Error.WriteLine("klinika: $Text") }

switch ($command) {
    'serve' { $kind = 'server'; $lock = 'requirements-server.lock' }
    { $_ -in 'test', 'bench', 'campaign', 'soak' } { $kind = 'test'; $lock = 'requirements-test.lock' }
    default { $kind = 'desktop'; $lock = 'requirements.lock' }
}

function Test-Python([string[]]$Candidate) {
    $rest = @($Candidate | Select-Object -Skip 1)
    try {
        & $Candidate[0] @rest -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>$null
        return $LASTEXITCODE -eq 0
    } catch { return $false }
}

function Find-Python {
    $candidates = @()
    if ($env:KLINIKA_PYTHON) { $candidates += , @($env:KLINIKA_PYTHON) }
    $candidates += , @('py', '-3.13'), @('py', '-3.12'), @('py', '-3.11'), @('python')
    foreach ($candidate in $candidates) {
        if (Test-Python $candidate) { return $candidate }
    }
}

$python = '.venv\Scripts\python.exe'
$stamp = '.venv\klinika.stamp'
$line = "$kind $((Get-FileHash $lock -Algorithm SHA256).Hash)"
$ready = (Test-Path $stamp) -and ((Get-Content $stamp) -contains $line) -and (Test-Path $python)
if (-not $ready) {
    if (-not ((Test-Path $python) -and (Test-Python @($python)))) {
        $found = Find-Python
        if (-not $found) {
            Say 'Python 3.11, 3.12 or 3.13 is needed and was not found: winget install Python.Python.3.13'
            exit 3
        }
        Say "making .venv with $($found -join ' ')"
        $rest = @($found | Select-Object -Skip 1)
        & $found[0] @rest -m venv .venv
        if ($LASTEXITCODE -ne 0) { Say 'could not make .venv'; exit 3 }
    }
    Say "installing Python packages for: $kind (once; some minutes)"
    & $python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement $lock
    if ($LASTEXITCODE -ne 0) { Say 'installing failed: is a package index reachable?'; exit 3 }
    $others = if (Test-Path $stamp) { @(Get-Content $stamp | Where-Object { $_ -notlike "$kind *" }) } else { @() }
    Set-Content -Path $stamp -Value ($others + $line)
}

if ($command -eq 'test') {
    $rest = @($Arguments | Select-Object -Skip 1)
    & $python installer/test @rest
} else {
    & $python -m app @Arguments
}
exit $LASTEXITCODE
