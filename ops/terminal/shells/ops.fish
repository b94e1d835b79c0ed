fish_add_path --path --move --prepend $_ops_bin

function _ops_candidates
    set --local line (commandline --cut-at-cursor --current-process | string collect)
    set --local token (commandline --cut-at-cursor --current-token)
    # To fish --stage=d is one word, to typer an option and the beginning of its value.
    set --local option (string match --regex '^--[^=]+=' -- $token)
    # By env, since fish would tell of a checkout that was moved away in the middle of the line being typed.
    set --local candidates (env _OPS_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \
        _TYPER_COMPLETE_ARGS=$line $_ops_bin/ops 2>/dev/null | string match --invert '')
    if not set --query candidates[1]
        set candidates (__fish_complete_path (string replace -- "$option" '' $token))
    end
    set --query candidates[1]; and printf '%s\n' "$option"$candidates
end

complete --command ops --erase
complete --command ops --no-files --arguments '(_ops_candidates)'
