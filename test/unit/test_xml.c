/* SPDX-License-Identifier: MIT
 *
 * Text in XML: what has a meaning there is escaped, what cannot be there is
 * replaced, everything else stays as it is.
 */
#include "unit.h"

#include "base/xml.h"

static struct buf text;

static int start(void **state)
{
    (void)state;
    buf_init(&text, 1000);
    return 0;
}

static int release(void **state)
{
    (void)state;
    buf_release(&text);
    return 0;
}

static void expect_text(const char *in, size_t size, const char *out)
{
    buf_clear(&text);
    xml_text(&text, in, size);
    assert_string_equal(buf_text(&text), out);
}

static void test_markup_is_escaped(void **state)
{
    (void)state;
    expect_text("a<b>&\"c\" ]]>", 12, "a&lt;b&gt;&amp;\"c\" ]]&gt;");
}

static void test_lines_and_other_scripts_stay(void **state)
{
    (void)state;
    expect_text("a\n\tb \xc3\xa9\xe4\xb8\x96", 10,
                "a\n\tb \xc3\xa9\xe4\xb8\x96");
    expect_text("\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80");
}

static void test_what_xml_cannot_hold_is_replaced(void **state)
{
    (void)state;
    expect_text("\x1b[0m", 4, "\xef\xbf\xbd[0m");
    expect_text("\0", 1, "\xef\xbf\xbd");
    expect_text("\xff\xc3", 2, "\xef\xbf\xbd\xef\xbf\xbd");
    expect_text("\xef\xbf\xbe", 3, "\xef\xbf\xbd"); /* U+FFFE */
    expect_text("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_carriage_returns_survive_a_reader(void **state)
{
    (void)state;
    expect_text("a\r\n", 3, "a&#13;\n");
}

static void test_attributes_keep_line_ends(void **state)
{
    (void)state;
    xml_attribute(&text, "name", "a \"b\"\n\tc<");
    assert_string_equal(buf_text(&text),
                        " name=\"a &quot;b&quot;&#10;&#9;c&lt;\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_markup_is_escaped, start, release),
        cmocka_unit_test_setup_teardown(test_lines_and_other_scripts_stay,
                                        start, release),
        cmocka_unit_test_setup_teardown(test_what_xml_cannot_hold_is_replaced,
                                        start, release),
        cmocka_unit_test_setup_teardown(test_carriage_returns_survive_a_reader,
                                        start, release),
        cmocka_unit_test_setup_teardown(test_attributes_keep_line_ends, start,
                                        release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
