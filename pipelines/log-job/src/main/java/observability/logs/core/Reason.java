package observability.logs.core;

/** The reason why a line is unusable. */
public enum Reason {
    NOT_UTF8("not-utf8"),
    NOT_JSON("not-json"),
    NOT_AN_OBJECT("not-an-object"),
    TOO_LONG("too-long"),
    TOO_DEEP("too-deep"),
    TOO_MANY_FIELDS("too-many-fields"),
    DUPLICATE_KEY("duplicate-key"),
    MISSING_FIELD("missing-field"),
    WRONG_TYPE("wrong-type"),
    UNKNOWN_SERVICE("unknown-service"),
    BAD_TIMESTAMP("bad-timestamp"),
    FROM_THE_FUTURE("from-the-future");

    private final String code;

    Reason(String code) {
        this.code = code;
    }

    /** Returns its name in dead letters and metrics. */
    public String code() {
        return code;
    }
}
