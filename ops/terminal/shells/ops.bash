case $PATH in "$_ops_bin":*) ;; *) export PATH="$_ops_bin:$PATH" ;; esac

_ops_completion() {
    # The line as it was typed: in COMP_WORDS, bash breaks words at = and : as well, so that --stage=dev is three.
    local line=${COMP_LINE:0:COMP_POINT} current=-1 IFS=$'\n'
    [[ $line == *[[:space:]] ]] && current=9999 # the word after the last one; else the last one itself
    COMPREPLY=($(_OPS_COMPLETE=complete_bash COMP_WORDS=$line COMP_CWORD=$current "$_ops_bin/ops" 2>/dev/null))
}

complete -o default -F _ops_completion ops
