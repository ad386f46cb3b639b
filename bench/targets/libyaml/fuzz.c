/* SPDX-License-Identifier: MIT
 *
 * libyaml: events are parsed and emitted again.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <yaml.h>

static int swallow(void *unused, unsigned char *data, size_t size)
{
    (void)unused;
    (void)data;
    (void)size;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yaml_parser_t parser;
    yaml_emitter_t emitter;
    yaml_event_t event;
    int done = 0;
    if (!yaml_parser_initialize(&parser))
        return 0;
    if (!yaml_emitter_initialize(&emitter)) {
        yaml_parser_delete(&parser);
        return 0;
    }
    yaml_parser_set_input_string(&parser, data, size);
    yaml_emitter_set_output(&emitter, swallow, NULL);
    while (!done && yaml_parser_parse(&parser, &event)) {
        done = event.type == YAML_STREAM_END_EVENT;
        if (!yaml_emitter_emit(&emitter, &event)) /* takes the event */
            break;
    }
    yaml_emitter_delete(&emitter);
    yaml_parser_delete(&parser);
    return 0;
}
