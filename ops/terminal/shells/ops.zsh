case $PATH in "$_ops_bin":*) ;; *) export PATH="$_ops_bin:$PATH" ;; esac

# -i: where completion was not on yet, it is to come without a question about anybody's folders.
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }

_ops_completion() {
    local candidate line="${(j: :)words[1,CURRENT-1]} $PREFIX"
    local -a candidates
    # Asked as fish asks, since what typer makes for zsh is code to eval, which loses every apostrophe.
    for candidate in "${(@f)$(_OPS_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \
        _TYPER_COMPLETE_ARGS=$line "$_ops_bin/ops" 2>/dev/null)}"; do
        [[ -n $candidate ]] && candidates+=("${candidate/$'\t'/:}")
    done
    [[ $PREFIX == --*=* ]] && compset -P '*='
    if (( $#candidates )); then
        _describe ops candidates
    else
        _files
    fi
}

compdef _ops_completion ops
