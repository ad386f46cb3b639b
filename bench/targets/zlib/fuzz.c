/* SPDX-License-Identifier: MIT
 *
 * zlib's inflate: the first byte chooses the format and the size of the steps
 * in which the rest is handed over.
 */
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int formats[] = {-15, 15, 15 + 16, 15 + 32};
    static Bytef out[1 << 14];
    z_stream z = {0};
    if (size == 0 || inflateInit2(&z, formats[data[0] & 3]) != Z_OK)
        return 0;
    size_t step = (size_t)(data[0] >> 2) + 1;
    gz_header header = {0};
    if ((data[0] & 3) >= 2)
        (void)inflateGetHeader(&z, &header);
    int rc = Z_OK;
    for (size_t at = 1; at < size && rc == Z_OK;) {
        size_t n = size - at < step ? size - at : step;
        z.next_in = (Bytef *)(uintptr_t)(data + at);
        z.avail_in = (uInt)n;
        at += n;
        do {
            z.next_out = out;
            z.avail_out = sizeof out;
            rc = inflate(&z, Z_NO_FLUSH);
        } while (rc == Z_OK && z.avail_out == 0);
        if (rc == Z_DATA_ERROR && inflateSync(&z) == Z_OK)
            rc = Z_OK;
        else if (rc == Z_BUF_ERROR)
            rc = Z_OK;
    }
    (void)inflateEnd(&z);
    return 0;
}
