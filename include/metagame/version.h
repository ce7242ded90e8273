/* SPDX-License-Identifier: MIT */
/* The one place where the version is written: meson.build, the soname and the packages read it from here. */
#ifndef METAGAME_VERSION_H
#define METAGAME_VERSION_H

#define METAGAME_VERSION_MAJOR 0
#define METAGAME_VERSION_MINOR 1
#define METAGAME_VERSION_PATCH 0

/* Version of the binary interface: the number in the shared library's name. It moves only when old programs break. */
#define METAGAME_ABI_VERSION 0

#endif
