/*
 * What the leak checker of sanitised builds shall not report, as it is not ours to find. One place
 * for all, as there can be only one in a program; cmake/eelstream.cmake makes the linker take it.
 */
#ifdef __has_feature /* clang's way to say it */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

/* fontconfig keeps what it knows of the fonts until the process ends. libhdf5 1.10 forgets some of what it
 * read of a file that turns out to be damaged. libzmq 4.3.4 forgets a message
 * that arrives in the instant in which its socket closes: about one process in some thousands, when
 * neighbours are killed. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libhdf5\nleak:libzmq.so\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0"; /* what programs write to stderr is for people */
}
#endif

typedef int eel_leaks_not_empty; /* ISO C wants something in every file */
