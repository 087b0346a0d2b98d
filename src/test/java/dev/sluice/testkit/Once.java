package dev.sluice.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * For a class of tests, or a test, that is long and that a second JDK could not make come out differently, because what the JDK does in
 * it is done in other tests too: {@code bin/test} leaves it out there. Every test runs on the first JDK.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("once")
public @interface Once {}
