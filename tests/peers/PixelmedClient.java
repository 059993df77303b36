// What PixelMed asks of an archive: java -cp pixelmed.jar PixelmedClient.java WHAT HOST PORT …

import com.pixelmed.dicom.*;
import com.pixelmed.network.*;
import java.io.File;
import java.util.Set;

public class PixelmedClient {
    private static final String CT = "1.2.840.10008.5.1.4.1.1.2";
    private static final String ROOT = "1.2.840.10008.5.1.4.1.2.2.";

    public static void main(String[] said) throws Exception {
        String what = said[0], host = said[1], called = said[3], calling = said[4];
        int port = Integer.parseInt(said[2]);
        switch (what) {
            case "echo" -> new VerificationSOPClassSCU(host, port, called, calling, false);
            case "store" -> {
                SetOfDicomFiles files = new SetOfDicomFiles();
                for (int at = 5; at < said.length; at++) files.add(said[at]);
                new StorageSOPClassSCU(host, port, called, calling, files, 0, new Sent());
            }
            case "find" -> {
                AttributeList keys = keys();
                put(keys, new LongStringAttribute(TagFromName.PatientID), said[5]);
                put(keys, new UniqueIdentifierAttribute(TagFromName.StudyInstanceUID), null);
                put(keys, new PersonNameAttribute(TagFromName.PatientName), null);
                new FindSOPClassSCU(host, port, called, calling, ROOT + "1", keys, new Found());
            }
            case "get" -> {
                AttributeList keys = keys();
                put(keys, new UniqueIdentifierAttribute(TagFromName.StudyInstanceUID), said[5]);
                new GetSOPClassSCU(
                    host, port, called, calling, ROOT + "3", keys, new IdentifierHandler(),
                    new File(said[6]), StoredFilePathStrategy.BYSOPINSTANCEUIDINSINGLEFOLDER,
                    new Received(), Set.of(CT), true, false, false);
            }
            case "move" -> {
                AttributeList keys = keys();
                put(keys, new UniqueIdentifierAttribute(TagFromName.StudyInstanceUID), said[5]);
                MoveSOPClassSCU move = new MoveSOPClassSCU(
                    host, port, called, calling, said[6], ROOT + "2", keys);
                System.out.println("status " + move.getStatus());
            }
            default -> throw new IllegalArgumentException(what);
        }
        System.exit(0);
    }

    private static AttributeList keys() throws DicomException {
        AttributeList keys = new AttributeList();
        put(keys, new CodeStringAttribute(TagFromName.QueryRetrieveLevel), "STUDY");
        return keys;
    }

    private static void put(AttributeList keys, Attribute attribute, String value)
            throws DicomException {
        if (value != null) attribute.addValue(value);
        keys.put(attribute);
    }

    private static class Sent extends MultipleInstanceTransferStatusHandler {
        public void updateStatus(int remaining, int completed, int failed, int warning, String uid) {
            System.out.println("completed " + completed + " failed " + failed);
        }
    }

    private static class Found extends IdentifierHandler {
        public void doSomethingWithIdentifier(AttributeList identifier) {
            System.out.println(Attribute.getSingleStringValueOrEmptyString(
                identifier, TagFromName.StudyInstanceUID));
            System.out.println(Attribute.getSingleStringValueOrEmptyString(
                identifier, TagFromName.PatientName));
        }
    }

    private static class Received extends ReceivedObjectHandler {
        public void sendReceivedObjectIndication(String file, String syntax, String calling) {
            System.out.println("received " + file);
        }
    }
}
