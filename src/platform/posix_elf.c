/* SPDX-License-Identifier: MIT
 *
 * See posix_elf.h. Structures are copied out, since an image of unknown origin
 * need not keep them aligned.
 */
#include "platform/posix.h"

#include "platform/posix_elf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ORDER ELFDATA2LSB
#else
#define NATIVE_ORDER ELFDATA2MSB
#endif
#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)

const void *elf_map(const char *path, size_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    void *image = MAP_FAILED;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        (uintmax_t)st.st_size <= SIZE_MAX) {
        *size = (size_t)st.st_size;
        image = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    close(fd);
    return image == MAP_FAILED ? NULL : image;
}

void elf_unmap(const void *image, size_t size)
{
    (void)munmap((void *)(uintptr_t)image, size);
}

static struct elf_bytes slice(struct elf_bytes image, uint64_t offset,
                              uint64_t size)
{
    if (offset > image.size || size > image.size - offset)
        return (struct elf_bytes){NULL, 0};
    return (struct elf_bytes){image.data + offset, (size_t)size};
}

static bool section_at(const struct elf_file *file, size_t i, ElfW(Shdr) * out)
{
    if (i >= file->sections)
        return false;
    memcpy(out, file->image.data + file->table + i * sizeof *out, sizeof *out);
    return true;
}

static struct elf_bytes content(const struct elf_file *file,
                                const ElfW(Shdr) * section)
{
    if (section->sh_type == SHT_NOBITS ||
        (section->sh_flags & SHF_COMPRESSED) != 0)
        return (struct elf_bytes){NULL, 0};
    return slice(file->image, section->sh_offset, section->sh_size);
}

/* Whether the image begins as a file of this machine's kind does. */
static bool read_head(struct elf_bytes image, ElfW(Ehdr) * head)
{
    if (image.size < sizeof *head)
        return false;
    memcpy(head, image.data, sizeof *head);
    return memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
           head->e_ident[EI_CLASS] == NATIVE_CLASS &&
           head->e_ident[EI_DATA] == NATIVE_ORDER;
}

bool elf_segment(struct elf_bytes image, size_t i, ElfW(Phdr) * out)
{
    ElfW(Ehdr) head;
    if (!read_head(image, &head) || i >= head.e_phnum ||
        head.e_phentsize != sizeof *out)
        return false;
    struct elf_bytes table =
        slice(image, head.e_phoff, (uint64_t)head.e_phnum * sizeof *out);
    if (!table.data)
        return false;
    memcpy(out, table.data + i * sizeof *out, sizeof *out);
    return true;
}

bool elf_open(struct elf_file *file, const void *image, size_t size)
{
    ElfW(Ehdr) head;
    ElfW(Shdr) names, first;
    *file = (struct elf_file){.image = {image, size}};
    if (!read_head(file->image, &head) ||
        head.e_shentsize != sizeof(ElfW(Shdr)) || head.e_shoff == 0 ||
        !slice(file->image, head.e_shoff, sizeof first).data)
        return false;
    file->table = (size_t)head.e_shoff;
    /* Numbers too large for the head are in the first section header. */
    memcpy(&first, file->image.data + file->table, sizeof first);
    uint64_t n = head.e_shnum ? head.e_shnum : first.sh_size;
    size_t index =
        head.e_shstrndx == SHN_XINDEX ? first.sh_link : head.e_shstrndx;
    size_t most = (size - file->table) / sizeof first;
    file->sections = n < most ? (size_t)n : most;
    if (!section_at(file, index, &names))
        return false;
    file->names = content(file, &names);
    return true;
}

const char *elf_string(struct elf_bytes strings, size_t offset)
{
    if (offset >= strings.size ||
        !memchr(strings.data + offset, '\0', strings.size - offset))
        return NULL;
    return (const char *)strings.data + offset;
}

struct elf_bytes elf_named_section(const struct elf_file *file,
                                   const char *name)
{
    ElfW(Shdr) section;
    for (size_t i = 0; section_at(file, i, &section); i++) {
        const char *own = elf_string(file->names, section.sh_name);
        if (own && strcmp(own, name) == 0)
            return content(file, &section);
    }
    return (struct elf_bytes){NULL, 0};
}

bool elf_symbols_open(const struct elf_file *file, uint32_t type,
                      struct elf_symbols *symbols)
{
    ElfW(Shdr) section, strings;
    for (size_t i = 0; section_at(file, i, &section); i++) {
        if (section.sh_type != type)
            continue;
        if (section.sh_entsize != sizeof(ElfW(Sym)) ||
            !section_at(file, section.sh_link, &strings))
            return false;
        symbols->table = content(file, &section);
        symbols->strings = content(file, &strings);
        symbols->n = symbols->table.size / sizeof(ElfW(Sym));
        /* So that no name needs its end looked for. */
        if (symbols->strings.size &&
            symbols->strings.data[symbols->strings.size - 1] != '\0')
            return false;
        return symbols->n > 0;
    }
    return false;
}

const char *elf_symbol(const struct elf_symbols *symbols, size_t i,
                       ElfW(Sym) * out)
{
    memcpy(out, symbols->table.data + i * sizeof *out, sizeof *out);
    return out->st_name < symbols->strings.size
               ? (const char *)symbols->strings.data + out->st_name
               : "";
}
