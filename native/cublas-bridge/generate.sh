#!/usr/bin/env bash
# generate.sh FUNCTIONS.txt: assembly with one function for each line, a jump through its slot of lamina_bridge_table.
# A jump passes on arguments and stack as they are, so the functions' parameters need not be known.
set -euo pipefail
mapfile -t functions < "$1"

echo '    .text'
for i in "${!functions[@]}"; do
    name=${functions[i]}
    jump="    endbr64
    jmp *lamina_bridge_table+$((8 * i))(%rip)"
    printf '    .globl %s\n    .type %s,@function\n    .p2align 4\n%s:\n%s\n    .size %s,.-%s\n' \
        "$name" "$name" "$name" "$jump" "$name" "$name"
done
cat << END
    .bss
    .p2align 3
    .globl lamina_bridge_table
    .hidden lamina_bridge_table
lamina_bridge_table:
    .zero $((8 * ${#functions[@]}))
    .section .rodata
    .globl lamina_bridge_names
    .hidden lamina_bridge_names
lamina_bridge_names:
END
printf '    .asciz "%s"\n' "${functions[@]}"
echo '    .byte 0'
echo '    .section .note.GNU-stack,"",@progbits'
