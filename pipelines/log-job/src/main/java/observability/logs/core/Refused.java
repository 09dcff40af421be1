package observability.logs.core;

/** A line that cannot be used: the reason, and which field with what was expected; never a value. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    Refused(Reason reason, String detail) {
        // No stack trace: a flood of bad lines must not cost more than one of good lines.
        super(detail, null, false, false);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
