/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a container is: as the kernel states it to a process inside, as one line of JSON. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define STATUS "/proc/self/status"

static void fail(const char *what)
{
	fprintf(stderr, "container-trial: failed to %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The value of a line of STATUS, without white space around it; an error if there is none. */
static void status_value(const char *name, char *value, size_t size)
{
	char line[512];
	size_t length = strlen(name);
	FILE *file = fopen(STATUS, "r");

	if (!file)
		fail("open " STATUS);
	while (fgets(line, sizeof line, file)) {
		if (strncmp(line, name, length) != 0 || line[length] != ':')
			continue;
		char *start = line + length + 1;
		while (isspace((unsigned char)*start))
			start++;
		size_t end = strcspn(start, "\n");
		/* Only what JSON holds as it is. */
		if (end == 0 || end >= size || strspn(start, "0123456789abcdef") != end)
			break;
		memcpy(value, start, end);
		value[end] = '\0';
		fclose(file);
		return;
	}
	errno = ENODATA;
	fprintf(stderr, "container-trial: %s states no plain %s\n", STATUS, name);
	fail("understand " STATUS);
}

int main(void)
{
	struct utsname name;
	char seccomp[32], privileges[32], capabilities[32];

	status_value("Seccomp", seccomp, sizeof seccomp);
	status_value("NoNewPrivs", privileges, sizeof privileges);
	status_value("CapEff", capabilities, sizeof capabilities);
	if (uname(&name) < 0)
		fail("learn the name of the kernel");
	printf("{\"pid\":%ld,\"uid\":%lu,\"gid\":%lu,\"seccomp\":%s,\"no_new_privs\":%s,\"capabilities\":\"%s\",\"kernel\":\"%s\"}\n",
	       (long)getpid(), (unsigned long)getuid(), (unsigned long)getgid(), seccomp, privileges, capabilities, name.release);
	if (fflush(stdout) != 0)
		fail("write the line");
	return 0;
}
