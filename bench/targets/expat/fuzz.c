/* SPDX-License-Identifier: MIT
 *
 * expat, with namespaces, in two pieces.
 */
#include <expat.h>
#include <stddef.h>
#include <stdint.h>

static void XMLCALL begin(void *depth, const XML_Char *name,
                          const XML_Char **attributes)
{
    (void)name;
    while (*attributes)
        attributes += 2;
    ++*(int *)depth;
}

static void XMLCALL end(void *depth, const XML_Char *name)
{
    (void)name;
    --*(int *)depth;
}

static void XMLCALL text(void *depth, const XML_Char *s, int n)
{
    (void)depth;
    (void)s;
    (void)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int depth = 0;
    XML_Parser parser = XML_ParserCreateNS(NULL, '|');
    if (!parser)
        return 0;
    (void)XML_SetHashSalt(parser, 1);
    XML_SetUserData(parser, &depth);
    XML_SetElementHandler(parser, begin, end);
    XML_SetCharacterDataHandler(parser, text);
    (void)XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_ALWAYS);
    const char *bytes = (const char *)data;
    int half = (int)(size / 2);
    if (XML_Parse(parser, bytes, half, 0) == XML_STATUS_OK)
        (void)XML_Parse(parser, bytes + half, (int)size - half, 1);
    XML_ParserFree(parser);
    return 0;
}
