package dev.sluice.upstream.health;

/**
 * What checks say of one backend. Immutable.
 *
 * @param well whether it is to be used
 * @param known whether it has been checked at all
 * @param against how many checks in a row, the last one included, say the opposite
 */
record HealthState(boolean well, boolean known, int against) {
    /** Taken to be well until the first check is in. */
    static final HealthState UNKNOWN = new HealthState(true, false, 0);

    /**
     * The state after one more check. The first one counts at once.
     *
     * @param rise passes in a row that it takes to be well again, at least 1
     * @param fall failures in a row that it takes not to be, at least 1
     */
    HealthState after(boolean passed, int rise, int fall) {
        if (!known) return new HealthState(passed, true, 0);
        if (passed == well) return new HealthState(well, true, 0);
        int now = against + 1;
        return now >= (passed ? rise : fall) ? new HealthState(passed, true, 0) : new HealthState(well, true, now);
    }
}
