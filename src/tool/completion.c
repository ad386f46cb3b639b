/* SPDX-License-Identifier: MIT
 *
 * Completion of command lines by bash, zsh and fish. See completion.h. What
 * each shell gets is data in its own language; the few lines of logic are the same
 * for all commands: the first word is a command, a word that begins with "--"
 * one of its flags, what follows '=' one of the choices where help names some,
 * anything else a file.
 */
#include "tool/completion.h"

#include <stdio.h>
#include <string.h>

/* Whether a flag's value is one of a few words; what is in capitals stands for
 * a value. */
static bool has_choices(const struct command_flag *flag)
{
    return flag->value && strchr(flag->value, '|') &&
           !strpbrk(flag->value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* Prints a text in single quotes of POSIX shells (fish takes it, too, where
 * it has no quote in it). */
static void print_quoted(const char *text)
{
    (void)putchar('\'');
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputs("'\\''", stdout);
        else
            (void)putchar(*text);
    }
    (void)putchar('\'');
}

/* The words of "a|b|c". */
static void print_choices(const char *text, const char *prefix)
{
    while (*text) {
        size_t length = strcspn(text, "|");
        (void)printf("%s%.*s ", prefix, (int)length, text);
        text += length + (text[length] == '|');
    }
}

static void print_names(const struct command_list *all)
{
    for (size_t i = 0; i < all->n; i++) {
        (void)printf("%s ", all->command[i]->name);
        if (all->command[i]->alias)
            (void)printf("%s ", all->command[i]->alias);
    }
}

/* ---- bash ---- */

static void bash_flags(const struct command *command)
{
    (void)printf("    %s", command->name);
    if (command->alias)
        (void)printf("|%s", command->alias);
    (void)printf(") flags='");
    if (!command->wraps)
        (void)printf("--help ");
    for (size_t i = 0; i < command->nflags; i++) {
        const struct command_flag *flag = &command->flags[i];
        char prefix[64];
        (void)printf("--%s%s ", flag->name, flag->value ? "=" : "");
        (void)snprintf(prefix, sizeof prefix, "--%s=", flag->name);
        if (has_choices(flag))
            print_choices(flag->value, prefix);
    }
    (void)puts("' ;;");
}

static void bash(const struct command_list *all)
{
    (void)puts("# bash completion for thresh\n"
               "_thresh()\n{\n"
               "    local word=${COMP_WORDS[COMP_CWORD]} flags=\n"
               "    local line=${COMP_LINE:0:COMP_POINT}\n"
               "    local whole=${line##*[[:space:]]}\n"
               "    if ((COMP_CWORD == 1)); then");
    (void)fputs("        COMPREPLY=($(compgen -W '", stdout);
    print_names(all);
    (void)puts("help --help --version' -- \"$word\"))\n"
               "        return\n    fi\n"
               "    case ${COMP_WORDS[1]} in");
    for (size_t i = 0; i < all->n; i++)
        bash_flags(all->command[i]);
    (void)puts(
        "    esac\n"
        "    COMPREPLY=()\n"
        "    if [[ $whole == --*=* ]]; then\n"
        "        # bash splits words at '=': only what follows it is replaced\n"
        "        COMPREPLY=($(compgen -W \"$flags\" -- \"$whole\"))\n"
        "        COMPREPLY=(\"${COMPREPLY[@]#*=}\")\n"
        "        [[ ${COMPREPLY[*]} ]] || "
        "COMPREPLY=($(compgen -f -- \"${whole#*=}\"))\n"
        "    elif [[ $word == -* ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
        "        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
        "    else\n"
        "        compopt -o default\n"
        "    fi\n}\n"
        "complete -F _thresh thresh");
}

/* ---- zsh ---- */

/* A description, in which zsh's own signs are no signs. */
static void zsh_text(const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text))
            (void)putchar('\\');
        if (*text == '\'')
            (void)fputs("'\\''", stdout);
        else
            (void)putchar(*text);
    }
}

static void zsh_command(const struct command *command)
{
    (void)printf("    %s", command->name);
    if (command->alias)
        (void)printf("|%s", command->alias);
    (void)printf(")\n        _arguments -s");
    for (size_t i = 0; i < command->nflags; i++) {
        const struct command_flag *flag = &command->flags[i];
        (void)printf(" \\\n            '*--%s%s[", flag->name,
                     flag->value ? "=" : "");
        zsh_text(flag->help);
        (void)putchar(']');
        if (has_choices(flag)) {
            (void)fputs(":value:(", stdout);
            print_choices(flag->value, "");
            (void)putchar(')');
        } else if (flag->value) {
            (void)printf(":%s:%s", flag->value,
                         strcmp(flag->value, "FILE") == 0  ? "_files"
                         : strcmp(flag->value, "DIR") == 0 ? "_files -/"
                                                           : "");
        }
        (void)putchar('\'');
    }
    (void)puts(" \\\n            '*:file:_files' ;;");
}

static void zsh(const struct command_list *all)
{
    (void)puts("#compdef thresh\n_thresh()\n{\n    local -a commands\n"
               "    commands=(");
    for (size_t i = 0; i < all->n; i++) {
        (void)printf("        '%s:", all->command[i]->name);
        zsh_text(all->command[i]->summary);
        (void)puts("'");
    }
    (void)puts("    )\n"
               "    if ((CURRENT == 2)); then\n"
               "        _describe command commands\n        return\n    fi\n"
               "    local command=$words[2]\n"
               "    shift words\n    ((CURRENT--))\n"
               "    case $command in");
    for (size_t i = 0; i < all->n; i++)
        zsh_command(all->command[i]);
    (void)puts("    *) _files ;;\n    esac\n}\n_thresh \"$@\"");
}

/* ---- fish ---- */

static void fish_command(const struct command *command)
{
    (void)printf("complete -c thresh -n __fish_use_subcommand -x -a %s -d ",
                 command->name);
    print_quoted(command->summary);
    (void)putchar('\n');
    for (size_t i = 0; i < command->nflags; i++) {
        const struct command_flag *flag = &command->flags[i];
        (void)printf(
            "complete -c thresh -n '__fish_seen_subcommand_from %s%s%s'"
            " -l %s",
            command->name, command->alias ? " " : "",
            command->alias ? command->alias : "", flag->name);
        if (has_choices(flag)) {
            (void)fputs(" -x -a '", stdout);
            print_choices(flag->value, "");
            (void)putchar('\'');
        } else if (flag->value) {
            (void)fputs(" -r", stdout);
        }
        (void)fputs(" -d ", stdout);
        print_quoted(flag->help);
        (void)putchar('\n');
    }
}

static void fish(const struct command_list *all)
{
    (void)puts("# fish completion for thresh");
    for (size_t i = 0; i < all->n; i++)
        fish_command(all->command[i]);
}

bool completion_print(const struct command_list *all, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        bash(all);
    else if (strcmp(shell, "zsh") == 0)
        zsh(all);
    else if (strcmp(shell, "fish") == 0)
        fish(all);
    else
        return false;
    return true;
}
