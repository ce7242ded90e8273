/* SPDX-License-Identifier: MIT */
/* Visibility, calling convention and the must-check mark. */
#ifndef METAGAME_EXPORT_H
#define METAGAME_EXPORT_H

#if defined(_WIN32)
#define METAGAME_CALL __cdecl
#if defined(METAGAME_STATIC)
#define METAGAME_API
#elif defined(METAGAME_BUILDING)
#define METAGAME_API __declspec(dllexport)
#else
#define METAGAME_API __declspec(dllimport)
#endif
#else
#define METAGAME_CALL
#if defined(__GNUC__)
#define METAGAME_API __attribute__((visibility("default")))
#else
#define METAGAME_API
#endif
#endif

#if defined(__GNUC__)
#define METAGAME_MUST_CHECK __attribute__((warn_unused_result))
#else
#define METAGAME_MUST_CHECK
#endif

#if defined(__cplusplus)
#define METAGAME_BEGIN_DECLS extern "C" {
#define METAGAME_END_DECLS }
#else
#define METAGAME_BEGIN_DECLS
#define METAGAME_END_DECLS
#endif

#endif
