import ij.ImagePlus;
import ij.io.Opener;
import ij.measure.Calibration;

/*
 * Opens a TIFF with ImageJ as File > Open does, and says what is there:
 *   first line: width height channels slices frames hyperstack bits pixel-width pixel-height unit
 *   then a line per page: its label, a tab, and all its values, row by row
 */
public class OpenMaps {
    public static void main(String[] args) {
        ImagePlus image = new Opener().openImage(args[0]);
        Calibration c = image.getCalibration();
        System.out.println(image.getWidth() + " " + image.getHeight() + " " + image.getNChannels() + " "
                + image.getNSlices() + " " + image.getNFrames() + " " + image.isHyperStack() + " "
                + image.getBitDepth() + " " + c.pixelWidth + " " + c.pixelHeight + " " + c.getUnit());
        for (int page = 1; page <= image.getStackSize(); page++) {
            StringBuilder line = new StringBuilder();
            String label = image.getStack().getSliceLabel(page);
            line.append(label == null ? "" : label.split("\n")[0]).append('\t');
            for (float value : (float[]) image.getStack().getProcessor(page).getPixels())
                line.append(value).append(' ');
            System.out.println(line);
        }
    }
}
