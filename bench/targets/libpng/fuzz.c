/* SPDX-License-Identifier: MIT
 *
 * libpng: a picture is read row by row, with the transformations that its last
 * byte chooses.
 */
#include <png.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct rest {
    const uint8_t *at;
    size_t left;
};

static void take(png_structp png, png_bytep out, size_t n)
{
    struct rest *rest = png_get_io_ptr(png);
    if (n > rest->left)
        png_error(png, "end");
    memcpy(out, rest->at, n);
    rest->at += n;
    rest->left -= n;
}

static void hush(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void transform(png_structp png, unsigned how)
{
    if (how & 1)
        png_set_expand(png);
    if (how & 2)
        png_set_strip_16(png);
    if (how & 4)
        png_set_gray_to_rgb(png);
    if (how & 8)
        png_set_packing(png);
    if (how & 16)
        png_set_swap_alpha(png);
    if (how & 32)
        png_set_invert_mono(png);
    if (how & 64)
        png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rest rest = {data, size};
    png_infop info = NULL;
    png_bytep volatile row = NULL;
    if (size == 0)
        return 0;
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, hush);
    if (png)
        info = png_create_info_struct(png);
    if (info && !setjmp(png_jmpbuf(png))) {
        png_set_user_limits(png, 256, 256);
        png_set_chunk_malloc_max(png, 1 << 20);
        png_set_read_fn(png, &rest, take);
        unsigned how = data[size - 1];
        if (how & 64)
            transform(png, 64);
        png_read_info(png, info);
        transform(png, how & ~64u);
        int passes = png_set_interlace_handling(png);
        png_read_update_info(png, info);
        row = malloc(png_get_rowbytes(png, info));
        for (int pass = 0; row && pass < passes; pass++)
            for (png_uint_32 y = 0; y < png_get_image_height(png, info); y++)
                png_read_row(png, row, NULL);
        png_read_end(png, info);
    }
    free(row);
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}
