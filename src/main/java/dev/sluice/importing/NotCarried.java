package dev.sluice.importing;

/** Why a directive has nothing that corresponds to it; whoever looks at the directive lists it. */
final class NotCarried extends Exception {
    private static final long serialVersionUID = 1;

    NotCarried(String why) {
        super(why, null, false, false);
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
