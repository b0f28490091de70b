// The scripts that make a shell ask `queuectl complete-words` at Tab; each falls back to file names.
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

// Bash breaks words at : and =, and replaces only what follows the last one; mapfile is missing from the bash of macOS.
const bash = `_queuectl() {
  local line=\${COMP_LINE:0:COMP_POINT} word cut=
  word=\${line##*[[:space:]]}
  [[ $word == *[:=]* ]] && cut=\${word%"\${word##*[:=]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    COMPREPLY+=("\${word#"$cut"}")
  done < <(queuectl complete-words --line "$line" 2>/dev/null)
}
complete -o default -o bashdefault -F _queuectl queuectl
`;

const zsh = `#compdef queuectl
_queuectl() {
  local -a words_found shown
  local word about
  while IFS=$'\\t' read -r word about; do
    words_found+=("$word")
    shown+=("$word\${about:+  -- $about}")
  done < <(queuectl complete-words "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  if (( $#words_found )); then
    compadd -l -V queuectl -d shown -a words_found
  else
    _files
  fi
}
if [ "$funcstack[1]" = _queuectl ]; then
  _queuectl "$@"
else
  compdef _queuectl queuectl
fi
`;

const fish = `function __queuectl_words
    set -l typed (commandline -opc) (commandline -ct | string replace -r '^["\\']' '')
    set -l found (queuectl complete-words $typed[2..-1] 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c queuectl -f -k -a '(__queuectl_words)'
`;

const powershell = `Register-ArgumentCompleter -Native -CommandName queuectl -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  # Windows PowerShell drops an empty argument, so an equals sign goes before the last one.
  queuectl complete-words --last @typed "=$wordToComplete" 2>$null | ForEach-Object {
    $word, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
  }
}
`;

export const SCRIPTS: Record<Shell, string> = { bash, zsh, fish, powershell };

/** Where each is read at the start of the shell. */
export const INSTALL: Record<Shell, string> = {
  bash: 'queuectl autocomplete bash > ~/.local/share/bash-completion/completions/queuectl',
  zsh: 'queuectl autocomplete zsh > "$fpath[1]/_queuectl"',
  fish: 'queuectl autocomplete fish > ~/.config/fish/completions/queuectl.fish',
  powershell: 'queuectl autocomplete powershell >> $PROFILE',
};
