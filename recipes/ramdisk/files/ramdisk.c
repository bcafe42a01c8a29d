/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Attaches, resizes, detaches and lists the RAM disks of the kernel module rapiddisk.
 *
 * The module takes one command a write in sysfs, and trusts whoever writes it: it would detach a
 * mounted disk. So what is dangerous is refused here.
 *
 *   /sys/kernel/rapiddisk/mgmt     "rapiddisk attach N BYTES", "… resize N BYTES", "… detach N"
 *   /sys/kernel/rapiddisk/devices  a table: device, size, errors, bytes in use
 *
 * Ends with 0 when it is done, 1 when the kernel refuses, 2 when it is called wrongly.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The test of the recipe puts other files in the place of sysfs and of /dev. */
#ifndef ROOT
#define ROOT ""
#endif

#define SECTOR 512u
/* A minor number has 20 bits. */
#define LAST_DISK ((1u << 20) - 1)
/* 64 TiB: no machine has as much memory, and no shift below overflows. */
#define LARGEST (UINT64_C(1) << 46)

static int fail(const char *what)
{
	fprintf(stderr, "ramdisk: failed to %s: %s\n", what, strerror(errno));
	return 1;
}

static int usage(void)
{
	fputs("usage: ramdisk list | attach N SIZE | resize N SIZE | detach N\n"
	      "       SIZE is in bytes, or has one of the suffixes K, M, G\n",
	      stderr);
	return 2;
}

/* Reads decimal digits and, where a suffix may follow, its power of 1024. No sign, no blank. */
static int number(const char *text, int suffix, uint64_t most, uint64_t *value)
{
	uint64_t sum = 0;
	unsigned shift = 0;

	if (*text < '0' || *text > '9')
		return 0;
	for (; *text >= '0' && *text <= '9'; text++) {
		sum = sum * 10 + (uint64_t)(*text - '0');
		if (sum > most)
			return 0;
	}
	if (suffix && *text) {
		switch (*text++) {
		case 'K': shift = 10; break;
		case 'M': shift = 20; break;
		case 'G': shift = 30; break;
		default: return 0;
		}
	}
	if (*text || sum > most >> shift)
		return 0;
	*value = sum << shift;
	return 1;
}

/* The whole command in one write, as the module takes it. */
static int command(const char *text)
{
	size_t length = strlen(text);
	int file = open(ROOT "/sys/kernel/rapiddisk/mgmt", O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (file < 0)
		return fail("open /sys/kernel/rapiddisk/mgmt (is the module rapiddisk loaded?)");
	written = write(file, text, length);
	if (written < 0) {
		int code = fail("have the command done by the kernel");
		close(file);
		return code;
	}
	if (close(file) < 0 || (size_t)written != length) {
		fputs("ramdisk: the kernel took only a part of the command\n", stderr);
		return 1;
	}
	return 0;
}

static int list(void)
{
	char bytes[4096];
	ssize_t count;
	int file = open(ROOT "/sys/kernel/rapiddisk/devices", O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return fail("open /sys/kernel/rapiddisk/devices (is the module rapiddisk loaded?)");
	while ((count = read(file, bytes, sizeof bytes)) > 0)
		fwrite(bytes, 1, (size_t)count, stdout);
	if (count < 0)
		return fail("read /sys/kernel/rapiddisk/devices");
	close(file);
	return fflush(stdout) == 0 ? 0 : fail("write the list");
}

/* Whoever mounts a disk, or maps it, holds it exclusively; then this open fails with EBUSY. */
static int in_use(uint64_t disk)
{
	char path[sizeof ROOT + 40];
	int file;

	snprintf(path, sizeof path, ROOT "/dev/rd%llu", (unsigned long long)disk);
	file = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (file < 0)
		return errno == EBUSY;
	close(file);
	return 0;
}

int main(int count, char **words)
{
	char text[80];
	uint64_t disk, size;
	int attach, resize;

	if (count == 2 && !strcmp(words[1], "list"))
		return list();
	if (count < 3 || !number(words[2], 0, LAST_DISK, &disk))
		return usage();

	if (count == 3 && !strcmp(words[1], "detach")) {
		if (in_use(disk)) {
			fprintf(stderr, "ramdisk: failed to detach rd%llu: it is in use; unmount it first\n",
				(unsigned long long)disk);
			return 1;
		}
		snprintf(text, sizeof text, "rapiddisk detach %llu\n", (unsigned long long)disk);
		return command(text);
	}

	attach = !strcmp(words[1], "attach");
	resize = !strcmp(words[1], "resize");
	if (count != 4 || !(attach || resize) || !number(words[3], 1, LARGEST, &size))
		return usage();
	if (size == 0 || size % SECTOR != 0) {
		fprintf(stderr, "ramdisk: failed to %s rd%llu: a size is a multiple of %u bytes, and not 0\n",
			words[1], (unsigned long long)disk, SECTOR);
		return 2;
	}
	snprintf(text, sizeof text, "rapiddisk %s %llu %llu\n", words[1], (unsigned long long)disk,
		 (unsigned long long)size);
	return command(text);
}
