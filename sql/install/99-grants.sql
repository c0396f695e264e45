
-- Nothing is granted to PUBLIC.
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT oid FROM pg_catalog.pg_proc
        WHERE pronamespace OPERATOR(pg_catalog.=) 'kv'::pg_catalog.regnamespace
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', routine);
    END LOOP;
END
$$;
