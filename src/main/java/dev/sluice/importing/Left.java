package dev.sluice.importing;

/**
 * What was not carried over, or means something a little different now.
 *
 * @param file as the user named it, or as it was included
 * @param line counted from 1
 * @param what the directive as it stands there, in one line
 * @param why what is different, or what to do instead
 */
public record Left(String file, int line, String what, String why) {
    /** As printed: {@code nginx.conf:12: auth_basic "Admins": Sluice asks for no passwords}. */
    @Override
    public String toString() {
        return file + ":" + line + ": " + what + ": " + why;
    }
}
