/* SPDX-License-Identifier: MIT
 *
 * Command lines: taken apart as the C runtimes do, and made so that they can
 * be.
 */
#include "platform/windows_child.h"
#include "unit.h"

/* As Microsoft documents how a line is taken apart. */
static void test_lines_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *argv[4];
    } rows[] = {
        {"\"a b\"c \"d\\\"e\\\\\"", {"a bc", "d\"e\\"}},
        {"p a\\\\\\b d\"e f\"g h", {"p", "a\\\\\\b", "de fg", "h"}},
        {"p a\\\\\\\"b c d", {"p", "a\\\"b", "c", "d"}},
        {"p a\\\\\\\\\"b c\" d e", {"p", "a\\\\b c", "d", "e"}},
        {"c:\\x\\ a\"b\"\" c d", {"c:\\x\\", "ab\" c d"}},
        {"p  \"\"\t", {"p", ""}},
        {"", {""}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int n;
        char **argv = windows_command_line_split(rows[i].line, &n);
        assert_non_null(argv);
        for (int k = 0; k < n; k++)
            assert_string_equal(argv[k], rows[i].argv[k]);
        assert_true(n == 4 || !rows[i].argv[n]);
        assert_null(argv[n]);
        free(argv[0]);
        free(argv);
    }
}

/* Every text of up to six of the characters that mean something. */
static void test_lines_give_back_what_they_were_made_of(void **state)
{
    (void)state;
    static const char letters[] = "a \"\\";
    for (unsigned code = 0; code < 1U << 12; code++) {
        char text[7] = "", line[64];
        const char *const made[] = {"p\\", text, "x", text, NULL};
        for (unsigned i = 0; i < 6; i++)
            text[i] = letters[code >> (2 * i) & 3];
        text[code % 7] = 0;
        wchar_t *wide = windows_command_line_new(made);
        assert_non_null(wide);
        assert_true(windows_utf8(wide, line, sizeof line));
        int n = 0;
        char **argv = windows_command_line_split(line, &n);
        assert_int_equal(n, 4);
        for (int i = 0; i < n; i++)
            assert_string_equal(argv[i], made[i]);
        free(argv[0]);
        free(argv);
        free(wide);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_taken_apart),
        cmocka_unit_test(test_lines_give_back_what_they_were_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
