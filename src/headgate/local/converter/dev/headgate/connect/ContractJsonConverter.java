package dev.headgate.connect;

public final class ContractJsonConverter {}
