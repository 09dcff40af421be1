package observability.logs.core;

/** Refuses a line: the reason, the field and what was expected; never a value. */
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
